/**
 * Words of the lists of most used passwords, and vendors' defaults. They are no secret if they are alone or with a few
 * digits.
 */
export const COMMON = `
monkey dragon letmein sunshine princess football baseball basketball soccer hockey master superman batman spiderman shadow michael jordan
jennifer jessica ashley daniel andrew thomas robert charlie george harley ranger buster hunter hunter2 tigger pepper ginger killer starwars
trustno1 iloveyou loveyou lovely love welcome welcome1 flower freedom whatever computer internet summer winter spring autumn fall january
february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
cheese chocolate cookie coffee banana orange apple purple yellow silver golden diamond phoenix mustang corvette ferrari mercedes porsche
maverick merlin matrix matthew joshua justin jordan23 amanda nicole michelle samantha william jackson hannah sophie maggie bailey
calvin nexus harbor chelsea arsenal liverpool barcelona yankees cowboys lakers eagles steelers pokemon naruto minecraft google yahoo
facebook linkedin samsung apple android windows microsoft oracle tiger scott manager system changeonboot sesame opensesame open abracadabra
access access14 admin1 passw0rd password1 secret1 123abc qwerty1 hello hello1 helloworld ninja azerty zxcvbn asdfgh loveme iloveu
keyboardcat keyboard cat  iamasecret bigsecret ubuntu debian vagrant raspberry pi alpine centos
cisco juniper fortinet netgear linksys ubnt motorola manage enable private public supervisor operator support service technician field
tomcat jboss wildfly weblogic websphere glassfish derby manager1 activemq artemis sonar sonarqube jenkins gitlab rundeck kibana logstash
elastic changeonfirstlogin zabbix nagios cacti prometheus promoperator stackrox rancher ansible puppet chef salt consul vaultroot
doe johndoe john jane alice bob bobby smith acme contoso fabrikam northwind wibble wobble quux corge grault garply waldo fred plugh xyzzy thud
`;
